"""The search for settings: one study a model, each trial a training that looks at training and validation rows only."""
