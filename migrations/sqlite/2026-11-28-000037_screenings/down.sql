DROP TABLE screening_reviews;
DROP TABLE screenings;
