using System.Globalization;
using System.Text.Json.Nodes;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Modules;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Checkpoints;

/// <summary>What a checkpoint holds of a model and its likelihood: tensors by name, and a description.</summary>
internal sealed class ModelState
{
    /// <summary>What the names of the loss's tensors begin with.</summary>
    public const string LossPrefix = "loss.";

    /// <summary>What the names of the tensors that a likelihood has learned begin with: it is the loss's child.</summary>
    public const string LikelihoodPrefix = LossPrefix + "likelihood.";

    /// <summary>The state of a model and, if there is one, its likelihood. The tensors stay theirs.</summary>
    /// <exception cref="ArgumentException">A name of the model's begins with <see cref="LossPrefix"/>, or a tensor is of a type that the format
    /// does not have, or was disposed.</exception>
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
        RequireWhole(modules);
        Layers = modules.ToDictionary(each => each.name, each => Describe((BayesianModule)each.module));
        Model = ModelDescription.Of(model);
        Likelihood = likelihood;
        Loss = loss;
    }

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, Tensor> Tensors { get; }

    /// <summary>The names of tensors that are one with another, each with the first name of that in ordinal order.</summary>
    public IReadOnlyDictionary<string, string> Ties { get; }

    /// <summary>The Bayesian modules by name.</summary>
    public IReadOnlyDictionary<string, string> Layers { get; }

    /// <summary>All modules, from which equal ones can be made.</summary>
    public JsonObject Model { get; }

    /// <summary>The likelihood.</summary>
    public Likelihood? Likelihood { get; }

    /// <summary>The loss around it.</summary>
    public ElboLoss? Loss { get; }

    /// <summary>Refuses a file of another model.</summary>
    /// <param name="info">What the file says of itself.</param>
    /// <param name="compareDescriptions">Whether modules, priors, likelihood and ties have to be the same, where the file tells of them.</param>
    /// <exception cref="CheckpointException">It is of another model.</exception>
    /// <exception cref="ArgumentException">A tensor of the model's cannot be written to.</exception>
    public void RequireSame(CheckpointInfo info, bool compareDescriptions)
    {
        var saved = info.TensorsByName();
        RequireNone(Tensors.Keys.Where(name => !saved.ContainsKey(name)), "which the file lacks");
        RequireNone(info.Tensors.Select(each => each.Name).Concat(info.Ties.Keys).Where(name => !Tensors.ContainsKey(name)),
            "which the model and loss that were given lack");
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
        RequireSameTies(info.Ties, Ties, "were saved as one, and are two in the model");
        RequireSameTies(Ties, info.Ties, "are one in the model, and were saved as two");
    }

    /// <summary>Refuses a tensor that the model's of the same name cannot take.</summary>
    /// <exception cref="CheckpointException">It is of another shape, or of a type that does not become the model's.</exception>
    /// <exception cref="ArgumentException">The model's cannot be written to.</exception>
    public void RequireFits(string name, CheckpointTensor saved)
    {
        var tensor = Tensors[name];
        if (!tensor.shape.SequenceEqual(saved.Shape))
            throw new CheckpointException(
                $"The file's tensor '{name}' is of shape {Shapes.Describe([.. saved.Shape])}; "
                + $"expected {Shapes.Describe(tensor.shape)}, as the model's.");
        if (tensor.shape.Where((size, axis) => size > 1 && tensor.stride(axis) == 0).Any())
            throw new ArgumentException(
                $"The model's tensor '{name}' is expanded, so that several of its numbers are one; "
                + "expected a tensor that can be written to, such as its clone().");
        if (is_floating_point(saved.Type) != is_floating_point(tensor.dtype) || (saved.Type == ScalarType.Bool) != (tensor.dtype == ScalarType.Bool))
            throw new CheckpointException(
                $"The file's tensor '{name}' is of type {saved.Type}; expected one that can become {tensor.dtype}, as the model's.");
    }

    /// <summary>Refuses a learned size of the noise that would be another one in the model, whose range is not the file's: it is mirrored at the
    /// ends.</summary>
    /// <exception cref="CheckpointException">It is outside one of the ranges.</exception>
    public void RequireSameMeaning(CheckpointInfo info, string name, Tensor value)
    {
        if (!name.StartsWith(LikelihoodPrefix, StringComparison.Ordinal) || info.Loss is not { } saved || Likelihood?.LearnedRange is not { } own
            || saved.LearnedRange is not { } other || own == other)
            return;
        using var scope = NewDisposeScope();
        foreach (double scale in value.to(ScalarType.Float64).exp().ReadDoubles())
            if (!(scale >= Math.Max(own.Minimum, other.Minimum) && scale <= Math.Min(own.Maximum, other.Maximum)))
                throw new CheckpointException(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"The file's tensor '{name}' is the logarithm of {scale}, of a range from {other.Minimum} to {other.Maximum}; "
                        + $"expected one within the range of the model's likelihood, {own.Minimum} to {own.Maximum}."));
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

    private static void RequireNone(IEnumerable<string> names, string fault)
    {
        string[] all = [.. names];
        if (all.Length > 0)
            throw new CheckpointException(
                $"There is a tensor '{all[0]}'{(all.Length > 1 ? $", and {all.Length - 1} more" : "")}, {fault}; expected the same ones in both.");
    }

    // state_dict leaves out what was disposed, without a word.
    private void RequireWhole(IEnumerable<(string Name, nn.Module Module)> modules)
    {
        foreach (var (name, module) in modules)
            if (module is BayesianLayer layer)
                foreach (string own in layer.ParameterNames.Select(own => name.Length == 0 ? own : $"{name}.{own}"))
                    if (!Tensors.ContainsKey(own))
                        throw new ArgumentException($"The model's tensor '{own}' was disposed; expected a model that is whole.", "model");
    }

    private static string Describe(BayesianModule module) => module is BayesianLayer layer
        ? $"{layer.GetType().Name}: {layer.Family}, prior {layer.WeightPrior.Settings}"
            + $"{(layer.BiasPrior is { } bias ? $", prior of the bias {bias.Settings}" : "")}"
        : module.GetType().Name;
}
