"""What ``import zoo`` offers: models, fine-tuning, embedding, transfer studies, baselines."""
