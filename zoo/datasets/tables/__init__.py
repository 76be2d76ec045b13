"""Table files: columns, paths, labels and limits of CSV, TSV, JSON, Parquet and CoNLL."""
