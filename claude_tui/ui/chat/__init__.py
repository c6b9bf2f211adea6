"""What can be done with what lies open before the reader.

Four layers, each seeing those under it and no more:

* ``desk`` (``Desk``): what lies open, a conversation with its turn, and what is shown of it;
* ``hearing`` (``Hearing``): what comes of the turns that run, and what that does to the desk;
* ``asking`` (``Asking``): what is sent, and how a turn begins;
* ``chat`` (``Chat``): all of it put together; the chat screen holds one.

These are layers and no parts because they share one state that each of them changes: the conversation, its turn, and
the question on its way to the disk. Everything else is a part: a class of its own that is given the desk by name, and
what it needs of other parts. A part whose methods are called ``command_...`` does those commands of the table.

* The prompt: ``drafting`` (what is typed and not sent), ``attaching`` and ``held_files`` (files that go along),
  ``naming_files`` (``@``), ``quoting``, ``putting_by`` (the stash, the editor, large pastes), ``recalling`` (what was
  sent before, and drafts elsewhere).
* What is sent later, or aside: ``queueing`` and ``waiting`` (behind a reply), ``aside`` (``/btw``).
* How it is asked: ``choices`` (model, effort and the like), ``wearing`` (a persona), ``making_room`` (a context that
  is nearly full).
* What it costs: ``budgeting``, ``foreseeing`` (what would be sent) and ``foretelling`` (what is said of that).
* The conversation: ``standing`` (its tree as it is shown), ``reader`` (to go about in it, to copy, to follow links),
  ``replying`` (the reply at hand), ``branching`` (its tree), ``titling``.
* All conversations: ``keeping`` (the list, the trash), ``elsewhere`` (replies that go on unseen), ``sharing`` (two
  windows), ``porting`` and ``exporting`` (into files and out of them).
* The program itself: ``housekeeping``.
"""
