namespace Bayes.Layers.Soak;

/// <summary>What a user does with one kind of model, with data of its own.</summary>
/// <param name="Name">The name in the output.</param>
internal abstract record SoakCase(string Name)
{
    /// <summary>Makes, saves, loads and predicts with a model.</summary>
    /// <param name="seed">The seed of all randomness.</param>
    /// <param name="file">The path of the checkpoint.</param>
    /// <returns>The numbers of the prediction, the same for the same seed.</returns>
    /// <exception cref="SoakException">The loaded model predicts differently from the saved one, or a number is not finite.</exception>
    public double[] Run(long seed, string file)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(seed);
        var (before, after) = SaveAndLoad(seed, file);
        if (!after.AsSpan().SequenceEqual(before))
            throw new SoakException($"{Name}: what was loaded predicts otherwise than what was saved.");
        if (!before.All(double.IsFinite))
            throw new SoakException($"{Name}: a prediction has a number that is not finite.");
        return before;
    }

    /// <summary>Returns the numbers of a prediction with what was saved, and with what was loaded.</summary>
    protected abstract (double[] Before, double[] After) SaveAndLoad(long seed, string file);
}
