-- That a courier cancelled a label by itself outlives the state of its booking: the shop is told of it all the same.

ALTER TABLE bookings ADD COLUMN voided boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN bookings.voided IS 'The courier cancelled its label by itself while the order wanted it.';
UPDATE bookings SET voided = true WHERE state = 'rejected' AND tracking_number IS NOT NULL;
