"""Who answers a call: the primary, the fallback where it cannot, the prior where neither can; and how they change."""
