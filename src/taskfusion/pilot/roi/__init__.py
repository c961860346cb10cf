"""What a change of models earns: draws of all that is not known exactly, added up to money and months."""
