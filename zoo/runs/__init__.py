"""A run on disk: folder, manifest, checkpoints, schemas, the local registry, lineage."""
