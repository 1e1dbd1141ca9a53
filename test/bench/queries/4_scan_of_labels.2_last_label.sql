SELECT count(last_label(contacts)) FROM labelled
