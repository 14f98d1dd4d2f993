"""A nation's day: the visits of one day from thousands of invented facilities, through HTTP into the lake."""
