"""Where training tunes come from, how they are cleaned, and how they are split."""
