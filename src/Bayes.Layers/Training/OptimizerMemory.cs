using Bayes.Layers.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// What an optimizer remembers of each parameter from step to step, under the names of PyTorch: for torch's Adam, AdamW, SGD and RMSprop.
/// </summary>
internal sealed class OptimizerMemory
{
    private static readonly Dictionary<Type, Kind> Kinds = new()
    {
        [typeof(Adam)] = Kind.Of<Adam.State>(
            state => state.step, (state, step) => state.step = step,
            new("exp_avg", state => state.exp_avg, (state, value) => state.exp_avg = value),
            new("exp_avg_sq", state => state.exp_avg_sq, (state, value) => state.exp_avg_sq = value),
            new("max_exp_avg_sq", state => state.max_exp_avg_sq, (state, value) => state.max_exp_avg_sq = value)),
        [typeof(AdamW)] = Kind.Of<AdamW.State>(
            state => state.step, (state, step) => state.step = step,
            new("exp_avg", state => state.exp_avg, (state, value) => state.exp_avg = value),
            new("exp_avg_sq", state => state.exp_avg_sq, (state, value) => state.exp_avg_sq = value),
            new("max_exp_avg_sq", state => state.max_exp_avg_sq, (state, value) => state.max_exp_avg_sq = value)),
        [typeof(SGD)] = Kind.Of<SGD.State>(
            _ => 0, (_, _) => { },
            new Field<SGD.State>("momentum_buffer", state => state.momentum_buffer, (state, value) => state.momentum_buffer = value)),
        [typeof(RMSProp)] = Kind.Of<RMSProp.State>(
            state => state.step, (state, step) => state.step = step,
            new("square_avg", state => state.square_avg, (state, value) => state.square_avg = value),
            new("momentum_buffer", state => state.momentum_buffer, (state, value) => state.momentum_buffer = value),
            new("grad_avg", state => state.grad_avg, (state, value) => state.grad_avg = value)),
    };

    private readonly Kind _kind;
    private readonly IReadOnlyList<OptimizerState> _states;

    private OptimizerMemory(Kind kind, IReadOnlyList<OptimizerState> states) => (_kind, _states) = (kind, states);

    /// <summary>The optimizers whose memory can be read and written, in words.</summary>
    public static string Known => "Adam, AdamW, SGD or RMSProp";

    /// <summary>How many parameters the optimizer has.</summary>
    public int Count => _states.Count;

    /// <summary>The names of what is remembered of a parameter.</summary>
    public IReadOnlyList<string> Names => _kind.Names;

    /// <summary>Returns the memory of an optimizer, or null if it is of another type than those.</summary>
    public static OptimizerMemory? TryOf(optim.Optimizer optimizer) =>
        Kinds.TryGetValue(optimizer.GetType(), out var kind) ? new(kind, ((OptimizerHelper)optimizer).state_dict().State) : null;

    /// <summary>Gets how many steps a parameter has made; 0 if the optimizer does not count.</summary>
    public long Steps(int parameter) => _kind.Steps(_states[parameter]);

    /// <summary>Sets how many steps a parameter has made.</summary>
    public void SetSteps(int parameter, long steps) => _kind.SetSteps(_states[parameter], steps);

    /// <summary>Gets one thing that is remembered of a parameter; the optimizer's own tensor, or null.</summary>
    public Tensor? Get(int parameter, int name) => _kind.Get(_states[parameter], name);

    /// <summary>Sets one thing that is remembered of a parameter to a copy of the value.</summary>
    public void Set(int parameter, int name, Tensor? value)
    {
        using var noGrad = no_grad();
        var now = Get(parameter, name);
        if (now is not null && value is not null)
        {
            now.copy_(value);
            return;
        }
        now?.Dispose();
        _kind.Set(_states[parameter], name, value?.detach().clone().Owned());
    }

    private abstract record Kind
    {
        public abstract IReadOnlyList<string> Names { get; }

        public static Kind Of<TState>(Func<TState, long> steps, Action<TState, long> setSteps, params IReadOnlyList<Field<TState>> fields)
            where TState : OptimizerState =>
            new Typed<TState>(steps, setSteps, fields);

        public abstract long Steps(OptimizerState state);

        public abstract void SetSteps(OptimizerState state, long steps);

        public abstract Tensor? Get(OptimizerState state, int name);

        public abstract void Set(OptimizerState state, int name, Tensor? value);

        private sealed record Typed<TState>(Func<TState, long> Read, Action<TState, long> Write, IReadOnlyList<Field<TState>> Fields)
            : Kind where TState : OptimizerState
        {
            public override IReadOnlyList<string> Names { get; } = [.. Fields.Select(field => field.Name)];

            public override long Steps(OptimizerState state) => Read((TState)state);

            public override void SetSteps(OptimizerState state, long steps) => Write((TState)state, steps);

            public override Tensor? Get(OptimizerState state, int name) => Fields[name].Get((TState)state);

            public override void Set(OptimizerState state, int name, Tensor? value) => Fields[name].Set((TState)state, value);
        }
    }

    private sealed record Field<TState>(string Name, Func<TState, Tensor?> Get, Action<TState, Tensor?> Set);
}
