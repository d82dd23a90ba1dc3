using Bayes.Layers.Estimators;
using Bayes.Layers.Modules;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary>
/// Converts those of TorchSharp's transformer modules that take several tensors, and so cannot be part of an <c>nn.Sequential</c>, to this
/// library's, and back. An <c>nn.TransformerEncoderLayer</c> converts as any layer, also inside a network.
/// </summary>
/// <remarks>TorchSharp's modules take the sequence first, <c>[T, B, size]</c>, and know neither causal attention nor normalizations that come
/// first. What they do not expose, such as the number of heads, is found out by calls with other weights, which are restored: no other thread may
/// use a module during its conversion.</remarks>
public static class TransformerConversion
{
    /// <summary>Makes attention Bayesian. Its weights are copied.</summary>
    /// <param name="attention">The plain attention, which does not change.</param>
    /// <param name="options">The options; a <see cref="BayesianConversion"/> with its defaults by default. All weights become Bayesian.</param>
    /// <returns>
    /// A new module that the caller disposes, which takes the sequence first as the plain one does, unless
    /// <see cref="BayesianConversion.BatchFirst"/>.
    /// </returns>
    /// <exception cref="ArgumentException">
    /// The attention has an option that cannot be kept, or frozen parameters, or <see cref="BayesianConversion.Form"/> is weight space.
    /// </exception>
    public static BayesianMultiheadAttention ToBayesian(this MultiheadAttention attention, BayesianConversion? options = null)
    {
        ArgumentNullException.ThrowIfNull(attention);
        RequireLayers(options);
        RequireTrainable(attention);
        var found = Guarded(attention, () => AttentionOptions.Of(attention));
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var pass = new BayesianPass(options ?? new BayesianConversion());
        var made = new List<nn.Module>();
        try
        {
            var bayesian = new TorchTransformerWeights(attention, "").ToBayesian(
                new AttentionSettings(found.Heads, found.Dropout, IsCausal: false, SequenceFirst: !pass.Options.BatchFirst), "", pass, made);
            bayesian.train(attention.training);
            return bayesian;
        }
        catch
        {
            foreach (var each in made)
                each.Dispose();
            throw;
        }
    }

    /// <summary>Makes a stack of layers Bayesian. Their weights are copied.</summary>
    /// <param name="encoder">The plain encoder, which does not change.</param>
    /// <param name="options">The options; a <see cref="BayesianConversion"/> with its defaults by default. All layers become Bayesian.</param>
    /// <returns>
    /// A new sequence of <see cref="BayesianTransformerEncoderLayer"/> that the caller disposes. They take the sequence first as the plain ones do,
    /// unless <see cref="BayesianConversion.BatchFirst"/>.
    /// </returns>
    /// <exception cref="ArgumentException">
    /// A parameter is frozen, or <see cref="BayesianConversion.Form"/> is weight space.
    /// </exception>
    public static BayesianSequential ToBayesian(this TransformerEncoder encoder, BayesianConversion? options = null)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        RequireLayers(options);
        RequireTrainable(encoder);
        var found = Guarded(encoder, () => EncoderOptions.Of(encoder, input => encoder.call(input)));
        var pass = new BayesianPass(options ?? new BayesianConversion());
        var layers = new List<BayesianTransformerEncoderLayer>();
        try
        {
            for (int i = 0; i < CountOf(encoder); i++)
                layers.Add(TorchEncoderLayerConversion.ToBayesian(encoder, $"layers.{i}.", found, pass));
            var stack = new BayesianSequential(layers);
            stack.train(encoder.training);
            return stack;
        }
        catch
        {
            foreach (var layer in layers)
                layer.Dispose();
            throw;
        }
    }

    /// <summary>Returns TorchSharp's attention whose weights are the posterior's means.</summary>
    /// <param name="attention">The attention, which does not change.</param>
    /// <returns>A new module that the caller disposes. It takes the sequence first, whatever <paramref name="attention"/> takes.</returns>
    /// <exception cref="ArgumentException">The attention has an option that TorchSharp's module lacks.</exception>
    public static MultiheadAttention ToMultiheadAttention(this BayesianMultiheadAttention attention) =>
        ToPlain(attention, new DeterministicPass([], posterior => posterior.Mean, isMean: true));

    /// <summary>Returns TorchSharp's attention whose weights are those of a draw, as in <see cref="PosteriorDraws"/>.</summary>
    /// <param name="attention">The attention, which does not change.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="draw">The number of the draw; at least 0.</param>
    /// <inheritdoc cref="ToMultiheadAttention(BayesianMultiheadAttention)"/>
    public static MultiheadAttention ToMultiheadAttention(this BayesianMultiheadAttention attention, long seed, int draw) =>
        Drawn(attention, seed, draw, pass => ToPlain(attention, pass));

    /// <summary>Returns TorchSharp's encoder whose weights are the posterior's means.</summary>
    /// <param name="layers">Layers of equal sizes and options, which do not change.</param>
    /// <returns>A new module that the caller disposes. It takes the sequence first, whatever <paramref name="layers"/> take.</returns>
    /// <exception cref="ArgumentException">
    /// A child is something else than a <see cref="BayesianTransformerEncoderLayer"/>, has an option that TorchSharp's module lacks, or differs from
    /// the first.
    /// </exception>
    public static TransformerEncoder ToTransformerEncoder(this BayesianSequential layers) =>
        ToPlain(layers, new DeterministicPass([], posterior => posterior.Mean, isMean: true));

    /// <summary>Returns TorchSharp's encoder whose weights are those of a draw, as in <see cref="PosteriorDraws"/>.</summary>
    /// <param name="layers">Layers of equal sizes and options, which do not change.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="draw">The number of the draw; at least 0.</param>
    /// <inheritdoc cref="ToTransformerEncoder(BayesianSequential)"/>
    public static TransformerEncoder ToTransformerEncoder(this BayesianSequential layers, long seed, int draw) =>
        Drawn(layers, seed, draw, pass => ToPlain(layers, pass));

    private static T Drawn<T>(BayesianModule model, long seed, int draw, Func<DeterministicPass, T> convert)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var draws = new PosteriorDraws(seed, count: 1, first: draw);
        draws.Bind(model);
        return convert(new DeterministicPass([], posterior => draws.Weights(posterior).squeeze(0), isMean: false));
    }

    private static MultiheadAttention ToPlain(BayesianMultiheadAttention attention, DeterministicPass pass)
    {
        ArgumentNullException.ThrowIfNull(attention);
        if (attention.IsCausal)
            throw Lacks(nameof(MultiheadAttention), "isCausal");
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var plain = TorchTransformerWeights.Owned(
            nn.MultiheadAttention(
                attention.EmbeddingSize, attention.Heads, attention.Dropout, attention.HasBias, kdim: attention.KeySize, vdim: attention.ValueSize),
            attention.Output.weight_mu);
        try
        {
            new TorchTransformerWeights(plain, "").Set("", attention, pass);
        }
        catch
        {
            plain.Dispose();
            throw;
        }
        plain.train(attention.training);
        return plain;
    }

    private static TransformerEncoder ToPlain(BayesianSequential sequence, DeterministicPass pass)
    {
        ArgumentNullException.ThrowIfNull(sequence);
        var layers = sequence.Walk().Select((child, index) => child as BayesianTransformerEncoderLayer ?? throw new ArgumentException(
            $"Child {index} is a {child.GetName()}; expected a {nameof(BayesianTransformerEncoderLayer)}.")).ToArray();
        if (layers.Length == 0)
            throw new ArgumentException("The sequence is empty; expected at least one layer.", nameof(sequence));
        if (layers.Select(TorchEncoderLayerConversion.NameOfMissing).FirstOrDefault(name => name is not null) is { } missing)
            throw Lacks(nameof(TransformerEncoder), missing);
        foreach (var layer in layers)
            if (layer.Describe() != layers[0].Describe() || layer.Dropout != layers[0].Dropout)
                throw new ArgumentException(
                    $"The layers are of ({layers[0].Describe()}, dropout={layers[0].Dropout}) and ({layer.Describe()}, dropout={layer.Dropout}); "
                    + "expected equal ones.", nameof(sequence));
        using var first = TorchEncoderLayerConversion.Create(layers[0]);
        var plain = TorchTransformerWeights.Owned(nn.TransformerEncoder(first, layers.Length), layers[0].Inner.weight_mu);
        try
        {
            for (int i = 0; i < layers.Length; i++)
                TorchEncoderLayerConversion.Set(plain, $"layers.{i}.", layers[i], pass);
        }
        catch
        {
            plain.Dispose();
            throw;
        }
        plain.train(sequence.training);
        return plain;
    }

    private static int CountOf(TransformerEncoder encoder) =>
        encoder.named_parameters().Select(each => each.name.Split('.')[1]).Distinct().Count();

    private static T Guarded<T>(nn.Module module, Func<T> find)
    {
        try
        {
            return find();
        }
        catch (ArgumentException exception)
        {
            throw new ArgumentException($"The {module.GetType().Name} cannot become Bayesian: {exception.Message}", exception);
        }
    }

    private static void RequireLayers(BayesianConversion? options)
    {
        if (options is { Form: ConversionForm.WeightSpace })
            throw new ArgumentException(
                $"{nameof(BayesianConversion.Form)} is {nameof(ConversionForm.WeightSpace)}, and the result would be of this library's layers; "
                + $"expected another form, or {nameof(NetworkConversion)}.{nameof(NetworkConversion.ToBayesian)}.", nameof(options));
    }

    private static void RequireTrainable(nn.Module module)
    {
        if (module.named_parameters().FirstOrDefault(each => !each.parameter.requires_grad) is (string name, _))
            throw new ArgumentException(
                $"The {module.GetType().Name} cannot become Bayesian: its {name} is frozen (requires_grad = false); "
                + "expected only parameters that are learned.", nameof(module));
    }

    private static ArgumentException Lacks(string type, string option) =>
        new($"A {type} of TorchSharp has no {option}; expected a module without it, or ToDeterministic.");
}
