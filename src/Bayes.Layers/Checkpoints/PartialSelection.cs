namespace Bayes.Layers.Checkpoints;

/// <summary>Decides what a partial load takes. A module is taken whole or not at all.</summary>
internal static class PartialSelection
{
    /// <summary>Sorts the tensors of a model and a file into those to take and those to leave.</summary>
    /// <param name="state">The model.</param>
    /// <param name="info">The file.</param>
    /// <param name="partial">Whether a tensor, or a module without tensors, is asked for, by its name.</param>
    /// <param name="compareDescriptions">Whether the modules that are taken, and those without tensors, have to be the same.</param>
    /// <exception cref="CheckpointException">What would be taken differs from the model's, or nothing would be taken.</exception>
    public static PartialLoad Of(ModelState state, CheckpointInfo info, Func<string, bool> partial, bool compareDescriptions)
    {
        var saved = info.TensorsByName();
        var model = CheckpointMetadata.Model(state.Model).All().ToDictionary(module => module.Path);
        var asked = saved.Keys.Where(name => state.Tensors.ContainsKey(name) && partial(name)).ToList();
        var left = asked.Where(name => !state.Tensors[name].shape.SequenceEqual(saved[name].Shape)).Select(OwnerOf).ToHashSet();
        // A module of which the other side has more or fewer tensors would be taken in part.
        left.UnionWith(asked.Select(OwnerOf).Distinct()
            .Where(owner => !TensorsOf(owner, saved.Keys).SetEquals(TensorsOf(owner, state.Tensors.Keys))));
        string[] taken = [.. asked.Where(name => !left.Contains(OwnerOf(name)))];
        foreach (string name in taken)
            state.RequireFits(name, saved[name]);
        if (compareDescriptions && info.Model is { } root)
            RequireSame(root, taken.Select(OwnerOf).ToHashSet());
        if (taken.Length == 0)
            throw new CheckpointException(
                $"Of the file's {saved.Count} tensors the model has none of the same name and shape that was asked for; expected at least one.");
        string[] otherShape = [.. asked.Except(taken)];
        return new PartialLoad(
            Sorted(taken), Sorted(state.Tensors.Keys.Where(name => !saved.ContainsKey(name))), Sorted(saved.Keys.Except(asked)), Sorted(otherShape));

        // The innermost module that the description knows: a layer's own for its prior's parameters.
        string OwnerOf(string tensor)
        {
            string path = tensor;
            do
                path = path[..Math.Max(0, path.LastIndexOf('.'))];
            while (path.Length > 0 && !model.ContainsKey(path));
            return path;
        }

        HashSet<string> TensorsOf(string owner, IEnumerable<string> names) => [.. names.Where(name => OwnerOf(name) == owner)];

        void RequireSame(SavedModule root, HashSet<string> owners)
        {
            var withTensors = saved.Keys.Concat(state.Tensors.Keys).Select(OwnerOf).ToHashSet();
            foreach (var module in root.All())
                if (model.GetValueOrDefault(module.Path) is { } own
                    && (owners.Contains(module.Path)
                        || (!withTensors.Contains(module.Path) && module.Children.Count == 0 && own.Children.Count == 0 && partial(module.Path))))
                    ModelComparison.RequireSamePart(module, own);
        }
    }

    private static string[] Sorted(IEnumerable<string> names) => [.. names.Order(StringComparer.Ordinal)];
}
