namespace Bayes.Layers.Tabular;

/// <summary>A model of a table of which it can be said how well it predicts rows.</summary>
internal interface IScoredModel
{
    /// <summary>Gets the name of the target's column.</summary>
    string Target { get; }

    /// <summary>Gets the networks, and how tables become features.</summary>
    TabularNetworks Networks { get; }

    /// <summary>Predicts rows, and compares.</summary>
    /// <exception cref="InvalidDataException">The target is missing in a row, or is refused.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    RowScores Score(Table rows, CancellationToken cancellationToken);
}
