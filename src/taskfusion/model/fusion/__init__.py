"""The fusion network: levels of experts, gates and native residuals; variants as data."""
