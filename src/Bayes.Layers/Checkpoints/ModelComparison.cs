namespace Bayes.Layers.Checkpoints;

/// <summary>Compares the modules of a model with those that were saved.</summary>
internal static class ModelComparison
{
    /// <summary>Refuses a model whose modules differ from the saved ones in type, options, priors or order.</summary>
    /// <exception cref="CheckpointException">The modules differ.</exception>
    public static void RequireSame(SavedModule saved, SavedModule model)
    {
        RequireSamePart(saved, model);
        var (before, now) = (saved.Children.ToDictionary(child => child.Name), model.Children.ToDictionary(child => child.Name));
        foreach (var child in saved.Children)
            RequireSame(child, now.GetValueOrDefault(child.Name) ?? throw Different(child.Path, child.ToString(), "missing in the model"));
        foreach (var child in model.Children)
            if (!before.ContainsKey(child.Name))
                throw Different(child.Path, "no module", child.ToString());
        // Your own module may register its children in any order.
        if (saved.Part.IsKnown && !saved.Children.Select(child => child.Name).SequenceEqual(model.Children.Select(child => child.Name)))
            throw Different(saved.Path, $"{saved.Type} of the children {Names(saved)}", $"{model.Type} of the children {Names(model)}");
    }

    /// <summary>Refuses a module that differs from the saved one, apart from its children.</summary>
    /// <exception cref="CheckpointException">The modules differ.</exception>
    public static void RequireSamePart(SavedModule saved, SavedModule model)
    {
        if (saved.SameAs != model.SameAs || !saved.Part.IsSameAs(model.Part) || !AreSame(saved.WeightPrior, model.WeightPrior)
            || !AreSame(saved.BiasPrior, model.BiasPrior) || !AreSame(saved.Posterior, model.Posterior))
            throw Different(saved.Path, saved.ToString(), model.ToString());
    }

    private static bool AreSame(SavedPart? saved, SavedPart? model) => saved is null ? model is null : model is not null && saved.IsSameAs(model);

    private static string Names(SavedModule module) => string.Join(", ", module.Children.Select(child => child.Name));

    private static CheckpointException Different(string path, string saved, string model) =>
        new($"The module '{path}' was saved as {saved}, and is {model}; expected the same, or compareDescriptions: false.");
}
