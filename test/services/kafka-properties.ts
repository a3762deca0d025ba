/** Ports of one broker, all on the loopback. */
export interface KafkaPorts {
  readonly port: number
  readonly controller: number
  /** Whoever connects to port `to` is told to come back to port `advertised`: a fault proxy stands there. */
  readonly to: number
  readonly advertised: number
  /** SASL/PLAIN over plain text, user `forage`, password `secret`. */
  readonly sasl: number
}

/** One broker that is its own controller. */
export function serverProperties({ port, controller, to, advertised, sasl, data }: KafkaPorts & { data: string }): string {
  return Object.entries({
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAIN',
    listeners: `PLAIN://127.0.0.1:${port},PROXIED://127.0.0.1:${to},SASL://127.0.0.1:${sasl},CONTROLLER://127.0.0.1:${controller}`,
    'advertised.listeners': `PLAIN://127.0.0.1:${port},PROXIED://127.0.0.1:${advertised},SASL://127.0.0.1:${sasl}`,
    'listener.security.protocol.map': 'PLAIN:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL:SASL_PLAINTEXT',
    'sasl.enabled.mechanisms': 'PLAIN',
    'listener.name.sasl.plain.sasl.jaas.config': 'org.apache.kafka.common.security.plain.PlainLoginModule required user_forage="secret";',
    'log.dirs': data,
    'broker.session.timeout.ms': 2000, // a killed broker is let in again after this
    'broker.heartbeat.interval.ms': 500,
    'auto.create.topics.enable': false,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1000,
    'num.network.threads': 2,
    'num.io.threads': 2,
    'background.threads': 2,
    'log.cleaner.enable': false,
    'log.retention.check.interval.ms': 500,
    'log.segment.bytes': 16 << 20,
    'log.index.size.max.bytes': 1 << 20,
  }).map(([name, value]) => `${name}=${value}\n`).join('')
}

const PATTERN = '%d %p %c %m%n'
export const LOG4J2 = `status=error
rootLogger.level=warn
rootLogger.appenderRef.o.ref=O
appender.o.type=Console
appender.o.name=O
appender.o.layout.type=PatternLayout
appender.o.layout.pattern=${PATTERN}
logger.s.name=kafka.server.KafkaRaftServer
logger.s.level=info
`
export const LOG4J = `log4j.rootLogger=WARN,O
log4j.appender.O=org.apache.log4j.ConsoleAppender
log4j.appender.O.layout=org.apache.log4j.PatternLayout
log4j.appender.O.layout.ConversionPattern=${PATTERN}
log4j.logger.kafka.server.KafkaRaftServer=INFO
`
