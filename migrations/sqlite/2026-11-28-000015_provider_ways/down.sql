DROP TABLE provider_ways;
