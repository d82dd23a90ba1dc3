using System.Security.Cryptography;
using System.Text;
using Bayes.Layers.Checkpoints;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Modules;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Partitioned;

/// <summary>
/// What partitions must have in common: the weights of a model by name, their priors, the likelihood, and everything that stays fixed.
/// </summary>
/// <param name="Layout">The names and shapes of the weights.</param>
/// <param name="Prior">The prior of the weights.</param>
/// <param name="Fingerprint">A hash of all that must be equal, in hexadecimal digits.</param>
/// <param name="IsSingle">Whether the weights are in single precision or less.</param>
internal sealed record ModelSchema(NaturalLayout Layout, NaturalParameters Prior, string Fingerprint, bool IsSingle)
{
    private const int FingerprintBytes = 16;
    private const string MeanSuffix = "_mu";

    /// <summary>Examines a model.</summary>
    /// <exception cref="ArgumentException">The model or the likelihood has a part that partitions cannot share.</exception>
    public static ModelSchema Of(BayesianModule model, Likelihood likelihood)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        RequireFixed(likelihood);
        LastModule.RequireFits(model, likelihood);
        var weights = Weights(model);
        if (weights.Count == 0)
            throw new ArgumentException("The model has no weights with a posterior; expected at least one Bayesian layer.", nameof(model));
        var layout = new NaturalLayout([.. weights.Select(each => each.Name)], [.. weights.Select(each => each.Variable.Posterior.Shape)]);
        var prior = Collect(layout, weights.Select(each => each.Variable.Prior.NaturalParameters(each.Variable.Posterior.Shape)
            ?? throw new ArgumentException(
                $"'{each.Name}' has the prior {each.Variable.Prior}, which is not normal or learns its scale; expected NormalPrior or "
                + "PerWeightNormalPrior.", nameof(model))));
        RequirePartitionable(model, weights);
        bool isSingle = weights.TrueForAll(each => each.Variable.Posterior.Mean.dtype != ScalarType.Float64);
        return new ModelSchema(layout, prior, FingerprintOf(model, likelihood, layout, prior, weights), isSingle);
    }

    /// <summary>Returns the posterior of a model.</summary>
    public NaturalParameters Read(BayesianModule model)
    {
        using var scope = NewDisposeScope();
        return Collect(Layout, Weights(model).Select(each => each.Variable.Posterior.NaturalParameters()!.Value));
    }

    /// <summary>Sets the posterior of a model.</summary>
    public static void Write(BayesianModule model, NaturalParameters posterior)
    {
        using var gates = ModuleGates.Hold(model);
        foreach (var (index, (_, variable)) in Weights(model).Index())
        {
            using var scope = NewDisposeScope();
            var (precisionMean, precision) = posterior.TensorsOf(index);
            var device = variable.Posterior.Mean.device;
            variable.Posterior.SetNaturalParameters(precisionMean.to(device), precision.to(device));
        }
    }

    /// <summary>Returns the weights of a model that are random variables, each once, with the paths of their means as names.</summary>
    public static List<(string Name, WeightVariable Variable)> Weights(BayesianModule model)
    {
        var names = new Dictionary<Tensor, string>(ReferenceEqualityComparer.Instance);
        foreach (var (name, parameter) in model.named_parameters())
            names.TryAdd(parameter, name.EndsWith(MeanSuffix, StringComparison.Ordinal) ? name[..^MeanSuffix.Length] : name);
        return [.. model.Variables().Select((variable, index) =>
            (names.GetValueOrDefault(variable.Posterior.Mean) ?? FormattableString.Invariant($"{variable.Name}.{index}"), variable))];
    }

    private static void RequireFixed(Likelihood likelihood)
    {
        if (likelihood.Parameters is not null)
            throw new ArgumentException(
                $"{likelihood} learns parameters, which have no prior and so no factors; expected a likelihood of fixed noise, or a network with an "
                + "output for the noise (HeteroscedasticGaussianLikelihood).", nameof(likelihood));
    }

    private static void RequirePartitionable(BayesianModule model, List<(string Name, WeightVariable Variable)> weights)
    {
        foreach (var (name, variable) in weights)
            if (variable.Posterior.NaturalParameters() is null)
                throw new ArgumentException(
                    $"'{name}' has a {variable.Posterior.GetType().Name} as its posterior; expected mean-field normals first, "
                    + $"{nameof(MeanFieldNormal)}.", nameof(model));
        var random = weights.SelectMany(each => each.Variable.Posterior.Parameters).Select(each => each.Value)
            .ToHashSet<Tensor>(ReferenceEqualityComparer.Instance);
        foreach (var (name, parameter) in model.named_parameters())
            if (random.Contains(parameter) != parameter.requires_grad)
                throw new ArgumentException(
                    parameter.requires_grad
                        ? $"'{name}' would be trained as a number without a posterior, which has no factors; expected it frozen "
                        + "(requires_grad = false), or a Bayesian layer."
                        : $"'{name}' of a posterior is frozen; expected posteriors that are trained.", nameof(model));
        foreach (var (name, module) in model.named_modules())
            if (module is BatchNorm && !module.parameters().Any())
                throw new ArgumentException(
                    $"'{name}' is a {module.GetName()} whose statistics would be those of one partition; expected a normalization of each row.",
                    nameof(model));
            else if (module is not BayesianModule && KnownModules.Is(ModuleTraits.DropsValues, module))
                throw new ArgumentException(
                    $"'{name}' is a {module.GetName()}, which draws from torch's global generator; expected a model without it.", nameof(model));
            else if (module is BayesianModule { HasOwnKlDivergence: true })
                throw new ArgumentException(
                    $"'{name}' adds a divergence of its own, which every partition would count; expected Bayesian layers alone.", nameof(model));
    }

    private static NaturalParameters Collect(NaturalLayout layout, IEnumerable<(Tensor PrecisionMean, Tensor Precision)> tensors)
    {
        double[] precisionMeans = new double[layout.Count], precisions = new double[layout.Count];
        foreach (var (index, (precisionMean, precision)) in tensors.Index())
        {
            precisionMean.ReadDoubles().CopyTo(precisionMeans, layout.Starts[index]);
            precision.ReadDoubles().CopyTo(precisions, layout.Starts[index]);
        }
        return new NaturalParameters(layout, precisionMeans, precisions);
    }

    private static string FingerprintOf(
        BayesianModule model, Likelihood likelihood, NaturalLayout layout, NaturalParameters prior,
        List<(string Name, WeightVariable Variable)> weights)
    {
        var random = weights.SelectMany(each => each.Variable.Posterior.Parameters).Select(each => each.Value)
            .ToHashSet<Tensor>(ReferenceEqualityComparer.Instance);
        var known = model.named_parameters().Where(each => random.Contains(each.parameter)).Select(each => each.name).ToHashSet();
        ulong fixedValues = Numerics.Fingerprint.Of(
            model.state_dict().Where(each => !known.Contains(each.Key)).Select(each => (each.Key, each.Value)));
        var text = new StringBuilder().Append(ModelDescription.Of(model).ToJsonString()).Append('\n').Append(likelihood.Settings).Append('\n')
            .Append(weights[0].Variable.Posterior.Mean.dtype).Append('\n').Append(fixedValues).Append('\n');
        for (int index = 0; index < layout.Names.Count; index++)
            text.Append(layout.Names[index]).Append(Numerics.Shapes.Describe(layout.Shapes[index])).Append('\n');
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(text.ToString()));
        hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(prior.PrecisionMeans));
        hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(prior.Precisions));
        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, FingerprintBytes));
    }
}
