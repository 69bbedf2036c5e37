PRAGMA application_id = 77;
PRAGMA user_version = 5;
