"""The story of a decision, in English, and what would change it."""
