SELECT count(with_label(contacts, 'phone')) FROM labelled
