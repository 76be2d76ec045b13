"""Data: from files, tables, arrays and samples to batches of plain numpy."""
