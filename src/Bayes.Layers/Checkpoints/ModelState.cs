using System.Globalization;
using System.Text.Json.Nodes;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Modules;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Checkpoints;

/// <summary>The part of a model and its likelihood that a checkpoint saves: tensors by name, and a description.</summary>
internal sealed class ModelState
{
    /// <summary>The prefix of the names of the loss's tensors.</summary>
    public const string LossPrefix = "loss.";

    /// <summary>The prefix of the names of the likelihood's learned tensors. The likelihood is a child of the loss.</summary>
    public const string LikelihoodPrefix = LossPrefix + "likelihood.";

    /// <summary>Creates the state of a model and, if given, its likelihood, which still own the tensors.</summary>
    /// <exception cref="ArgumentException">
    /// A name in the model begins with <see cref="LossPrefix"/>, a tensor is of a type that the format lacks, or a tensor was disposed.
    /// </exception>
    public ModelState(nn.Module model, Likelihood? likelihood, ElboLoss? loss = null)
    {
        UnlistedLayers.RequireNone(model);
        var tensors = new SortedDictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var (name, tensor) in model.state_dict())
            tensors.Add(
                name.StartsWith(LossPrefix, StringComparison.Ordinal)
                    ? throw new ArgumentException(
                        $"The model has a module named 'loss', whose tensors would be taken for those of a loss ('{name}'); "
                        + "give it another name.", nameof(model))
                    : name, tensor);
        foreach (var (name, tensor) in likelihood?.Parameters?.state_dict() ?? [])
            tensors.Add(LikelihoodPrefix + name, tensor);
        foreach (var (name, tensor) in tensors)
            if (SafeTensorsTypes.NameOf(tensor.dtype) is null)
                throw new ArgumentException($"The tensor '{name}' is of type {tensor.dtype}; "
                    + $"expected one of {SafeTensorsTypes.Names}.", nameof(model));
        Tensors = tensors;
        Ties = TiesOf(tensors);
        var modules = model.named_modules().Prepend((name: "", module: model)).Where(each => each.module is BayesianModule)
            .DistinctBy(each => each.module, ReferenceEqualityComparer.Instance).ToList();
        RequireUndisposed(modules);
        Layers = modules.ToDictionary(each => each.name, each => Describe((BayesianModule)each.module));
        Model = ModelDescription.Of(model);
        Likelihood = likelihood;
        Loss = loss;
    }

    /// <summary>Gets the tensors by name.</summary>
    public IReadOnlyDictionary<string, Tensor> Tensors { get; }

    /// <summary>Gets the other names of tensors with several names, each with the tensor's first name in ordinal order.</summary>
    public IReadOnlyDictionary<string, string> Ties { get; }

    /// <summary>Gets the descriptions of the Bayesian modules by name.</summary>
    public IReadOnlyDictionary<string, string> Layers { get; }

    /// <summary>Gets the description of all modules, from which equal ones can be made.</summary>
    public JsonObject Model { get; }

    /// <summary>Gets the likelihood, or null.</summary>
    public Likelihood? Likelihood { get; }

    /// <summary>Gets the loss around the likelihood, or null.</summary>
    public ElboLoss? Loss { get; }

    /// <summary>Gets the caller's own texts, or null.</summary>
    public IReadOnlyDictionary<string, string>? Notes { get; init; }

    /// <summary>Refuses a file of another model.</summary>
    /// <param name="info">The description of the file.</param>
    /// <param name="compareDescriptions">Whether modules, priors, likelihood and ties must be the same, if the file describes them.</param>
    /// <exception cref="CheckpointException">The file is of another model.</exception>
    /// <exception cref="ArgumentException">A tensor of the model cannot be written to.</exception>
    public void RequireSame(CheckpointInfo info, bool compareDescriptions)
    {
        var saved = info.TensorsByName();
        RequireNone("The file lacks", Tensors.Keys.Where(name => !saved.ContainsKey(name)));
        RequireNone(
            "The given model and loss lack", info.Tensors.Select(each => each.Name).Concat(info.Ties.Keys).Where(name => !Tensors.ContainsKey(name)));
        foreach (var (name, tensor) in saved)
            RequireFits(name, tensor);
        if (!compareDescriptions || info.FormatVersion is null)
            return;
        foreach (var (name, description) in Layers)
            if (info.Layers.GetValueOrDefault(name) is var before && before != description)
                throw new CheckpointException(
                    $"The module '{name}' was saved as {before ?? "none"}, and is {description}; expected the same, or compareDescriptions: false.");
        if (Likelihood is not null && info.Likelihood is not null && Likelihood.Settings != info.Likelihood)
            throw new CheckpointException(
                $"The likelihood was saved as {info.Likelihood}, and is {Likelihood.Settings}; expected the same, or compareDescriptions: false.");
        if (info.Model is null)
            return;
        ModelComparison.RequireSame(info.Model, CheckpointMetadata.Model(Model));
        RequireSameTies(info.Ties, Ties, "were saved as one, but are two in the model");
        RequireSameTies(Ties, info.Ties, "are one in the model, but were saved as two");
    }

    /// <summary>Refuses a tensor that does not fit the model's tensor of the same name.</summary>
    /// <exception cref="CheckpointException">The tensor has another shape, or a type that cannot be converted to the model's.</exception>
    /// <exception cref="ArgumentException">The model's tensor cannot be written to.</exception>
    public void RequireFits(string name, CheckpointTensor saved)
    {
        var tensor = Tensors[name];
        if (!tensor.shape.SequenceEqual(saved.Shape))
            throw new CheckpointException(
                $"The file's tensor '{name}' is of shape {Shapes.Describe([.. saved.Shape])}; "
                + $"expected {Shapes.Describe(tensor.shape)}, as in the model.");
        if (tensor.shape.Where((size, axis) => size > 1 && tensor.stride(axis) == 0).Any())
            throw new ArgumentException(
                $"The model's tensor '{name}' is expanded, so several of its elements share one place in memory; "
                + "expected a tensor that can be written to, such as its clone().");
        if (is_floating_point(saved.Type) != is_floating_point(tensor.dtype) || (saved.Type == ScalarType.Bool) != (tensor.dtype == ScalarType.Bool))
            throw new CheckpointException(
                $"The file's tensor '{name}' is of type {saved.Type}; expected one that can become {tensor.dtype}, as in the model.");
    }

    /// <summary>
    /// Refuses a learned scale of the noise that is outside the file's or the model's range. A scale is mirrored at the ends of its range, so with
    /// another range the same parameter would mean another scale.
    /// </summary>
    /// <exception cref="CheckpointException">The scale is outside one of the ranges.</exception>
    public void RequireScaleInRange(CheckpointInfo info, string name, Tensor value)
    {
        if (!name.StartsWith(LikelihoodPrefix, StringComparison.Ordinal) || info.Loss is not { } saved)
            return;
        string parameter = name[LikelihoodPrefix.Length..];
        if (Likelihood?.LearnedRangeOf(parameter) is not { } own || saved.LearnedRangeOf(parameter) is not { } other || own == other)
            return;
        using var scope = NewDisposeScope();
        foreach (double scale in value.to(ScalarType.Float64).exp().ReadDoubles())
            if (!(scale >= Math.Max(own.Minimum, other.Minimum) && scale <= Math.Min(own.Maximum, other.Maximum)))
                throw new CheckpointException(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"The file's tensor '{name}' is the logarithm of {scale}, in a range from {other.Minimum} to {other.Maximum}; "
                        + $"expected a scale within the range of the model's likelihood, {own.Minimum} to {own.Maximum}."));
    }

    private static Dictionary<string, string> TiesOf(IReadOnlyDictionary<string, Tensor> tensors)
    {
        var names = new Dictionary<Tensor, string>(ReferenceEqualityComparer.Instance);
        var ties = new Dictionary<string, string>();
        foreach (var (name, tensor) in tensors)
            if (!names.TryAdd(tensor, name))
                ties.Add(name, names[tensor]);
        return ties;
    }

    private static void RequireSameTies(IReadOnlyDictionary<string, string> ties, IReadOnlyDictionary<string, string> others, string fault)
    {
        foreach (var (name, one) in ties)
            if (others.GetValueOrDefault(name) != one)
                throw new CheckpointException(
                    $"The tensors '{one}' and '{name}' {fault}; expected the same ties in both, or compareDescriptions: false.");
    }

    private static void RequireNone(string fault, IEnumerable<string> missing)
    {
        string[] names = [.. missing];
        if (names.Length > 0)
            throw new CheckpointException(
                $"{fault} the tensor '{names[0]}'{(names.Length > 1 ? $" and {names.Length - 1} more" : "")}; expected the same tensors in both.");
    }

    // state_dict silently omits disposed tensors.
    private void RequireUndisposed(IEnumerable<(string Name, nn.Module Module)> modules)
    {
        foreach (var (name, module) in modules)
            if (module is BayesianLayer layer)
                foreach (string own in layer.ParameterNames.Select(own => name.Length == 0 ? own : $"{name}.{own}"))
                    if (!Tensors.ContainsKey(own))
                        throw new ArgumentException($"The model's tensor '{own}' was disposed; expected a model without disposed tensors.", "model");
    }

    private static string Describe(BayesianModule module) =>
        module.DescribeBeliefs() is { Length: > 0 } beliefs ? $"{module.GetType().Name}: {beliefs}" : module.GetType().Name;
}
