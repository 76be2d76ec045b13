"""The registry of known models: ``registry.json`` and the catalogues of plugins.

Reading it imports no framework.
"""
