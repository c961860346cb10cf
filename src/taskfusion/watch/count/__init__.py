"""From decisions and outcomes to windows: joined when labels are mature, and added up."""
