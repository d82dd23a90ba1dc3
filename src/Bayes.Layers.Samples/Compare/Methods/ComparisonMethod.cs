namespace Bayes.Layers.Samples.Compare.Methods;

/// <summary>
/// A method of the comparison: makes of the one network a distribution over functions. A new method is a class that derives from this one, and a
/// row in <see cref="ComparisonMethods"/>.
/// </summary>
/// <param name="name">Its name on the command line and in metrics.json.</param>
/// <param name="title">Its name in figures and tables.</param>
/// <param name="description">What it does, a sentence.</param>
internal abstract class ComparisonMethod(string name, string title, string description)
{
    /// <summary>Its name on the command line and in metrics.json.</summary>
    public string Name => name;

    /// <summary>Its name in figures and tables.</summary>
    public string Title => title;

    /// <summary>What it does, a sentence.</summary>
    public string Description => description;

    /// <summary>Trains.</summary>
    /// <returns>The distribution, which the caller disposes.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public abstract TrainedMethod Train(ComparisonContext context);
}
