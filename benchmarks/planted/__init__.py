"""Worlds with a fault and a donor planted in one of five tasks: does transfer name them?"""
