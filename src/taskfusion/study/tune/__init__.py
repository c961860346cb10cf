"""The search for settings: one study per model, each trial a training on training and validation rows."""
