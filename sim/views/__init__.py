"""What people read: tables, figures and run folders made from a finished study."""
