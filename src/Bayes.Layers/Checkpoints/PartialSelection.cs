namespace Bayes.Layers.Checkpoints;

/// <summary>Selects the tensors of a partial load. A module is loaded with all its tensors or not at all.</summary>
internal static class PartialSelection
{
    /// <summary>Sorts the tensors of a model and a file into those to take and those to leave.</summary>
    /// <param name="state">The model.</param>
    /// <param name="info">The file.</param>
    /// <param name="partial">Returns whether a tensor, or a module without tensors, is requested, by its name.</param>
    /// <param name="compareDescriptions">Whether the loaded modules, and the requested ones without tensors, must equal the saved ones.</param>
    /// <exception cref="CheckpointException">A loaded module differs from the model's, or nothing fits.</exception>
    public static PartialLoad Of(ModelState state, CheckpointInfo info, Func<string, bool> partial, bool compareDescriptions)
    {
        var saved = info.TensorsByName();
        var model = CheckpointMetadata.Model(state.Model).All().ToDictionary(module => module.Path);
        var requested = saved.Keys.Where(name => state.Tensors.ContainsKey(name) && partial(name)).ToList();
        var excluded = requested.Where(name => !state.Tensors[name].shape.SequenceEqual(saved[name].Shape)).Select(OwnerOf).ToHashSet();
        // A module with more or fewer tensors on the other side would be loaded in part.
        excluded.UnionWith(requested.Select(OwnerOf).Distinct()
            .Where(owner => !TensorsOf(owner, saved.Keys).SetEquals(TensorsOf(owner, state.Tensors.Keys))));
        string[] taken = [.. requested.Where(name => !excluded.Contains(OwnerOf(name)))];
        foreach (string name in taken)
            state.RequireFits(name, saved[name]);
        if (compareDescriptions && info.Model is { } root)
            RequireSame(root, taken.Select(OwnerOf).ToHashSet());
        if (taken.Length == 0)
            throw new CheckpointException(
                $"None of the file's {saved.Count} tensors was requested and fits the model by name and shape; expected at least one.");
        string[] otherShape = [.. requested.Except(taken)];
        return new PartialLoad(
            Sorted(taken), Sorted(state.Tensors.Keys.Where(name => !saved.ContainsKey(name))), Sorted(saved.Keys.Except(requested)),
            Sorted(otherShape));

        // The innermost module that is described: the layer itself for the parameters of its prior.
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
