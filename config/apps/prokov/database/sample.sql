-- Sample rows for both databases. The users' passwords are no hashes yet, so nobody can sign in until the program
-- that loads this file has set them.

INSERT INTO users (id, email, password, name, role) VALUES
  (1, 'alice@example.com', '', 'Alice Martin', 'default'),
  (2, 'bob@example.com', '', 'Bob Durand', 'default'),
  (3, 'admin@example.com', '', 'Admin', 'admin');

INSERT INTO statuses (id, name, color, position) VALUES
  (1, 'À faire', '#3b82f6', 1),
  (2, 'En cours', '#f59e0b', 2),
  (3, 'Terminé', '#10b981', 3);

INSERT INTO projects (id, user_id, name, description, position) VALUES
  (1, 1, 'Site web', 'Refonte du site de l''agence', 1),
  (2, 1, 'Application mobile', NULL, 2),
  (3, 2, 'Déménagement', 'Nouveaux bureaux', 1);

INSERT INTO tasks (id, user_id, project_id, status_id, title, description, date_end, position) VALUES
  (1, 1, 1, 3, 'Choisir les couleurs', NULL, '2026-01-15', 1),
  (2, 1, 1, 2, 'Écrire la page d''accueil', 'Textes et images', '2026-03-31', 2),
  (3, 1, 2, 1, 'Dessiner les écrans', NULL, '2026-05-20', 3),
  (4, 1, NULL, 1, 'Appeler le comptable', NULL, NULL, 4),
  (5, 2, 3, 2, 'Comparer les devis', NULL, '2026-02-28', 1),
  (6, 2, 3, 1, 'Prévenir les clients', NULL, '2026-04-10', 2);

INSERT INTO tags (id, user_id, name, color) VALUES
  (1, 1, 'urgent', '#ef4444'),
  (2, 1, 'client', '#8b5cf6'),
  (3, 2, 'urgent', '#ef4444');
