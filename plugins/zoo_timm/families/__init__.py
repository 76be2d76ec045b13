"""What is particular to some of timm's families."""
