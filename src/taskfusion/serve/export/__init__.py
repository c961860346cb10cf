"""Write an exported model: from a model in torch to graphs that run without it."""
