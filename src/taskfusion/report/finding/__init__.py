"""Findings of an audit in sentences: what inspect/ found as kinds and values is worded here, in any language."""
