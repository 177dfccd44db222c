namespace Failover.Lab.Soak;

/// <summary>What goes wrong during one handoff. Each can be recovered from without a person, or by typing what the tool says.</summary>
internal enum FaultKind
{
    None,
    SourceAgentKilled,
    TargetAgentKilled,
    SourceAgentStopped,
    TargetAgentStopped,
    CoordinatorKilled,
    SourceValidatorKilled,
    TargetValidatorKilled,
    TargetRefuses,
    TargetSaysYesAndDoesNothing,
    SetIdentityHangs,
    SetIdentityAnswersLate,
    ConnectionsCut,
}

/// <summary>A fault, and when: at a step that an agent's log shows, or after a while.</summary>
internal sealed record Fault(FaultKind Kind, string? AtStep, TimeSpan After, TimeSpan Lasts, bool AtSource)
{
    // From the first message of prepare to the last of the end; what the source's log says, or the target's where it says "Promote".
    private static readonly string[] Steps =
    [
        "Prepare Started", "Prepare Done", "RelinkToUnstaked Started", "VoterFence Done", "SetIdentityUnstaked Started", "SetIdentityUnstaked Done",
        "Seal Done", "HandOver Started", "HandOver Done", "FirstVote Started", "GiveVotersBack Started", "Promote Started", "Promote Done",
    ];

    private static readonly FaultKind[] KillingAnAgent = [FaultKind.SourceAgentKilled, FaultKind.TargetAgentKilled];

    public static readonly Fault None = new(FaultKind.None, null, TimeSpan.Zero, TimeSpan.Zero, false);

    /// <param name="agentsLive">No agent is killed, so that the same two go on.</param>
    public static Fault Choose(Random random, bool agentsLive)
    {
        var kinds = Enum.GetValues<FaultKind>().Where(kind => kind != FaultKind.None && !(agentsLive && KillingAnAgent.Contains(kind))).ToArray();
        // One in four handoffs is left alone.
        var kind = random.Next(4) == 0 ? FaultKind.None : kinds[random.Next(kinds.Length)];
        var atSource = random.Next(2) == 0;
        var step = random.Next(4) == 0 ? null : Steps[random.Next(Steps.Length)];
        // What hangs does so from its own step on.
        step = kind != FaultKind.SetIdentityHangs ? step : atSource ? "SetIdentityUnstaked Started" : "Promote Started";
        return new Fault(
            kind, step, TimeSpan.FromMilliseconds(step is null ? random.Next(1_000) : random.Next(20)),
            TimeSpan.FromMilliseconds(kind == FaultKind.SetIdentityAnswersLate ? random.Next(50, 500) : random.Next(100, 3_000)), atSource);
    }

    /// <summary>What has to be so before the handoff begins.</summary>
    public async Task PrepareAsync(LabNode source, LabNode target, CancellationToken ct)
    {
        if (Setting is { } setting)
        {
            await Sufferer(source, target).ControlAsync(ct, setting, SettingOn);
        }
    }

    /// <summary>Waits for its moment, happens, and is over when this returns. False when the command had ended before the moment came.</summary>
    public async Task<bool> HappenAsync(LabWorld world, LabNode source, LabNode target, TypedCommand handoff, Relay[] relays, LogTail[] tails, CancellationToken ct)
    {
        if (Kind == FaultKind.None)
        {
            return true;
        }
        var log = AtStep?.StartsWith("Promote", StringComparison.Ordinal) == true ? tails[1] : tails[0];
        var came = AtStep is null || await log.SaysAsync(AtStep, () => handoff.Ended.IsCompleted, ct);
        if (came)
        {
            await Task.Delay(After, TimeProvider.System, ct);
        }
        if (Setting is { } setting)
        {
            // It was there from the beginning, and goes at the moment or when all is over.
            await Task.Delay(Kind == FaultKind.SetIdentityHangs && came ? Lasts : TimeSpan.Zero, TimeProvider.System, ct);
            if (Kind is FaultKind.TargetRefuses or FaultKind.TargetSaysYesAndDoesNothing or FaultKind.SetIdentityAnswersLate)
            {
                await handoff.Ended.WaitAsync(ct);
            }
            // One that its agent has ended, as the last resort, comes back without it.
            if (Sufferer(source, target) is { Validator.Running: true } sufferer)
            {
                await sufferer.ControlAsync(ct, setting, Kind == FaultKind.SetIdentityAnswersLate ? "0" : "off");
            }
            return true;
        }
        if (!came)
        {
            return false;
        }
        switch (Kind)
        {
            case FaultKind.SourceAgentKilled:
                await KillAgentAsync(source, ct);
                break;
            case FaultKind.TargetAgentKilled:
                await KillAgentAsync(target, ct);
                break;
            case FaultKind.SourceAgentStopped:
                await StopAsync(source.Agent!, ct);
                break;
            case FaultKind.TargetAgentStopped:
                await StopAsync(target.Agent!, ct);
                break;
            case FaultKind.CoordinatorKilled:
                await handoff.KillAsync();
                break;
            case FaultKind.SourceValidatorKilled:
                await KillValidatorAsync(world, source, ct);
                break;
            case FaultKind.TargetValidatorKilled:
                await KillValidatorAsync(world, target, ct);
                break;
            case FaultKind.ConnectionsCut:
                Array.ForEach(relays, relay => relay.Cut());
                break;
        }
        return true;
    }

    private string? Setting => Kind switch
    {
        FaultKind.TargetRefuses => "refuse-set-identity",
        FaultKind.TargetSaysYesAndDoesNothing => "say-yes-do-nothing",
        FaultKind.SetIdentityHangs => "hang-set-identity",
        FaultKind.SetIdentityAnswersLate => "late-answer",
        _ => null,
    };

    private string SettingOn => Kind == FaultKind.SetIdentityAnswersLate ? Lasts.TotalMilliseconds.ToString(System.Globalization.CultureInfo.InvariantCulture) : "on";

    private LabNode Sufferer(LabNode source, LabNode target) =>
        AtSource && Kind is (FaultKind.SetIdentityHangs or FaultKind.SetIdentityAnswersLate) ? source : target;

    private async Task KillAgentAsync(LabNode node, CancellationToken ct)
    {
        await node.Agent!.KillAsync();
        await Task.Delay(Lasts / 10, TimeProvider.System, ct);
        await node.StartAgentAsync(ct);
    }

    private async Task KillValidatorAsync(LabWorld world, LabNode node, CancellationToken ct)
    {
        await node.Validator!.KillAsync();
        await Task.Delay(Lasts / 10, TimeProvider.System, ct);
        await world.StartValidatorAsync(node, ct);
    }

    private async Task StopAsync(LabProcess agent, CancellationToken ct)
    {
        agent.Signal("STOP");
        try
        {
            await Task.Delay(Lasts, TimeProvider.System, ct);
        }
        finally
        {
            agent.Signal("CONT");
        }
    }
}
