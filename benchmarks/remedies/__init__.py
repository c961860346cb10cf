"""What part of what the other tasks lost by a faulty donor does each remedy bring back?"""
