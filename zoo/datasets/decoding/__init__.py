"""Image and audio files to arrays: formats, pixel modes, resizing, size limits."""
