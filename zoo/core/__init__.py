"""The contract: ids, cards, licences, and the protocols of sources, engines and tasks."""
