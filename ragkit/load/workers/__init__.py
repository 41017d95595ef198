"""Files read in processes of their own: one that crashes, hangs or takes all memory is an error of its own.

``parallel`` runs many files through a ``pool``; its ``server`` process forks each ``worker``, which makes an
``outcome`` of a file and sends it by ``wire``. ``deaths`` explains why a worker ended, ``patience`` extends its time,
``added`` brings formats of the program along.
"""
