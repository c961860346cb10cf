"""What domains are worth: gates that read a scenario, and importance weights under a covariate shift."""
