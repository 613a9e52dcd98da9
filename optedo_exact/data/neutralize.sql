-- A copy must not talk to the production administration of Exact Online.
DELETE FROM exact_token;
UPDATE exact_connection
   SET state = 'disconnected',
       client_secret_stored = NULL,
       webhook_secret_stored = NULL,
       login_name = NULL;
-- The subscriptions are those of the original.
DELETE FROM exact_webhook;
UPDATE exact_administration SET use_webhooks = FALSE;
UPDATE ir_cron
   SET active = FALSE
 WHERE id IN (SELECT export_cron_id FROM exact_administration
              UNION SELECT schedule_cron_id FROM exact_administration
              UNION SELECT payment_cron_id FROM exact_administration
              UNION SELECT bill_cron_id FROM exact_administration
              UNION SELECT reference_cron_id FROM exact_administration);
