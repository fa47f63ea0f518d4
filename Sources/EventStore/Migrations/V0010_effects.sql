-- What a person has to see of a courier that does not answer.

ALTER TABLE bookings ADD COLUMN given_up boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN bookings.given_up IS 'Its cancel or its return is wanted and nobody tries any more: the job is a dead letter.';
