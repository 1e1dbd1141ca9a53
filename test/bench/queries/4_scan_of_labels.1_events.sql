SELECT sum(events(contacts)) FROM labelled
