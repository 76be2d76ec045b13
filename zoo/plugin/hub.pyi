"""Files from the network: repositories of a Hub, other servers, offline mode."""

# Whether the network must not be touched.
from zoo.utils.paths import is_offline as is_offline

# One file of a repository, its digest checked; names of all files, on the Hub and in its cache.
from zoo.registry.weights.hub_files import HubFile as HubFile
from zoo.registry.weights.hub_files import cached_repo_files as cached_repo_files
from zoo.registry.weights.hub_files import fetch_file as fetch_file
from zoo.registry.weights.hub_files import list_repo_files as list_repo_files

# Where a file lies, by the environment of now: server, cache.
from zoo.registry.weights.hub_cache_paths import hub_location as hub_location

# Repositories for some words.
from zoo.registry.weights.hub_search import search_hub as search_hub

# Any server: an answer, and its body as a file of exactly the stated size.
from zoo.registry.weights.download import http_get as http_get
from zoo.registry.weights.download import save_body as save_body
