"""The personal shelf: runs kept under a name, ``local:NAME@VERSION``. One folder per model is the truth."""
