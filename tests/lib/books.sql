-- The carrier simulator's books as tables (tests/carrier/books.h); agree.sql compares them with the database.
create temporary table book (
  part int, at_us bigint, at timestamptz, system_id text, bind int, sequence bigint, source text, destination text, data_coding int, esm_class text,
  registered_delivery int, octets int, text_hash text, ref int, total int, number int, try int, id text, answer text, answered_us bigint, stats text,
  receipts int, receipts_acked int, replies int, text text);
create temporary table book_delivery (
  delivery int, kind text, part int, stat text, err int, source text, destination text, sent_us bigint, sends int, acks int, status text, acked_us bigint);
