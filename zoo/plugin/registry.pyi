"""Published models: names, cards, catalogues, caches."""

# Names of models. PLACE_PREFIX begins that of a model which was given by a path or URL.
from zoo.core.ids import PLACE_PREFIX as PLACE_PREFIX
from zoo.core.ids import is_valid_name as is_valid_name

# Cards of all catalogues as JSON objects, and the one of an id.
from zoo.registry.reader import row as row
from zoo.registry.reader import rows as rows

# Catalogues: zoo's own, the cards of any file, and a file with all cards of a source.
from zoo.registry.reader import own_registry as own_registry
from zoo.registry.reader import read_catalogue as read_catalogue
from zoo.registry.writer import write_cards as write_cards

# A cache of a source's own, for `zoo cache`.
from zoo.registry.cache.kinds import CacheEntry as CacheEntry
from zoo.registry.cache.kinds import CacheKind as CacheKind
from zoo.registry.cache.kinds import disk_usage as disk_usage
