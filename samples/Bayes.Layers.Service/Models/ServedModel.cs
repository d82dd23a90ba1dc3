namespace Bayes.Layers.Service.Models;

/// <summary>A loaded model that answers rows. Several threads may predict at a time. Owns the model; dispose it.</summary>
internal abstract class ServedModel : IDisposable
{
    /// <summary>Gets what the model is.</summary>
    public abstract ModelDescription Description { get; }

    /// <summary>Gets the columns of a row, in their order.</summary>
    public IReadOnlyList<ModelColumn> Columns => Description.Columns;

    /// <summary>Predicts rows. The answer of a row does not depend on the others.</summary>
    /// <param name="rows">The rows, each with a value of each column: a double, text, truth value, date or, if the column allows it, null.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>An answer for each row.</returns>
    /// <exception cref="InvalidDataException">The model refuses a row.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public abstract PredictedRow[] Predict(IReadOnlyList<object?[]> rows, CancellationToken cancellationToken);

    /// <inheritdoc/>
    public abstract void Dispose();
}
