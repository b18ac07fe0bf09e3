-- The tables of a new app on SQLite: its users, and notes as an example of what belongs to a user.

CREATE TABLE users (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  email VARCHAR(190) NOT NULL COLLATE NOCASE UNIQUE,
  password VARCHAR(72) NOT NULL,
  name VARCHAR(100) NOT NULL DEFAULT '',
  role VARCHAR(64) NOT NULL DEFAULT 'default',
  created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE notes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  title VARCHAR(200) NOT NULL,
  body TEXT NULL,
  created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX notes_user ON notes (user_id);
